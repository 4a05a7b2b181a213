"""Draws docs/pictures/graph.svg from the stage graph itself."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.graph import GRAPH, Node

OUT = Path(__file__).parents[1] / "docs" / "pictures" / "graph.svg"
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 150, 34, 26, 30, 24
STYLE = """
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1d2733; text-anchor: middle; dominant-baseline: middle }
    .lane { font-size: 12px; fill: #5b6875; text-anchor: start }
    rect { rx: 7; stroke-width: 1.4 }
    .video rect { fill: #e8f0fb; stroke: #4a7fc1 }
    .language rect { fill: #eaf6ec; stroke: #4f9d62 }
    path { fill: none; stroke: #8a96a3; stroke-width: 1.3; marker-end: url(#arrow) }
    path.order { stroke-dasharray: 4 4 }
  </style>
  <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
    <path d="M0 0 L8 4 L0 8 z" style="fill:#8a96a3;stroke:none;marker-end:none"/></marker></defs>
"""


def main() -> None:
    """Place each stage below everything that it waits for, and draw."""
    depth = depths()
    columns: dict[int, list[Node]] = {}
    for node in GRAPH:
        columns.setdefault(depth[node.name], []).append(node)
    width = 2 * MARGIN + max(len(row) for row in columns.values()) * (BOX_WIDTH + GAP_X) + 2 * BOX_WIDTH
    centres: dict[str, tuple[float, float]] = {}
    for level, row in columns.items():
        for position, node in enumerate(row):
            offset = position - (len(row) - 1) / 2
            centres[node.name] = (
                width / 2 + offset * (BOX_WIDTH + GAP_X),
                MARGIN + BOX_HEIGHT / 2 + level * (BOX_HEIGHT + GAP_Y),
            )
    height = MARGIN * 2 + (max(columns) + 1) * (BOX_HEIGHT + GAP_Y)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">', STYLE]
    parts += [edge(centres, name, node) for node in GRAPH for name in closest(node)]
    parts += [box(centres[node.name], node) for node in GRAPH]
    first = {scope: next(n for n in GRAPH if n.scope == scope).name for scope in ("video", "language")}
    for scope, words in (("video", "once per video"), ("language", "once per target language")):
        parts.append(f'<text class="lane" x="{MARGIN}" y="{centres[first[scope]][1]:.0f}">{words}</text>')
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def depths() -> dict[str, int]:
    """How far each stage stands from the source."""
    depth: dict[str, int] = {}
    for node in GRAPH:
        depth[node.name] = max((depth[name] + 1 for name in node.upstream), default=0)
    return depth


def closest(node: Node) -> list[str]:
    """What a stage waits for, leaving out what it reaches through something else anyway."""
    upstream = {other.name: other for other in GRAPH}
    reached: set[str] = set()

    def climb(name: str) -> None:
        for further in upstream[name].upstream:
            if further not in reached:
                reached.add(further)
                climb(further)

    for name in node.upstream:
        climb(name)
    return [name for name in node.upstream if name not in reached]


def edge(centres: dict[str, tuple[float, float]], source: str, node: Node) -> str:
    """An arrow from a stage to one that waits for it; dashed where nothing is read."""
    (x1, y1), (x2, y2) = centres[source], centres[node.name]
    fed = any(feed.startswith(f"{source}.") for feed in node.feeds.values())
    y1, y2 = y1 + BOX_HEIGHT / 2, y2 - BOX_HEIGHT / 2
    bend = (y1 + y2) / 2
    kind = "" if fed else ' class="order"'
    return f'<path{kind} d="M{x1:.0f} {y1:.0f} C{x1:.0f} {bend:.0f} {x2:.0f} {bend:.0f} {x2:.0f} {y2:.0f}"/>'


def box(centre: tuple[float, float], node: Node) -> str:
    """A stage."""
    x, y = centre
    return (
        f'<g class="{node.scope}"><rect x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" '
        f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}"/><text x="{x:.0f}" y="{y:.0f}">{node.name}</text></g>'
    )


if __name__ == "__main__":
    main()
