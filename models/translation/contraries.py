"""Words that say the contrary of each other, in the five languages whose polarity is judged.

A contrary in the place of a word turns a sentence round as a lost "not" does ("safe", "perigoso"), and makes
up for one that is gone ("not safe", "perigoso"). Only pairs whose words mean little else are here; `*` is any
ending. Written for this project, and held to silence on good translations by tests.
"""

from __future__ import annotations

import functools
import re

Poles = tuple[str, str]
"""The words of one side, and those of the other."""

PAIRS: tuple[dict[str, Poles], ...] = (
    {
        "en": ("safe safely safer safest harmless", "dangerous dangerously unsafe hazardous harmful"),
        "es": ("seguro segura seguros seguras inofensiv*", "peligros* dañin* nociv*"),
        "fr": ("sûr sûre sûrs sûres inoffensi*", "dangereu* nocif nocive nocifs nocives"),
        "it": ("sicuro sicura sicuri sicure innocu*", "pericolos* nociv* dannos*"),
        "pt": ("seguro segura seguros seguras inofensiv*", "perigos* nociv* prejudicia*"),
    },
    {
        "en": ("legal lawful legally", "illegal unlawful illegally"),
        "es": ("legal legales lícit*", "ilegal* ilícit*"),
        "fr": ("légal* légaux licite*", "illégal* illégaux illicite*"),
        "it": ("legale legali lecit*", "illegal* illecit*"),
        "pt": ("legal legais lícit*", "ilega* ilícit*"),
    },
    {
        "en": ("allowed permitted", "forbidden prohibited banned"),
        "es": ("permitid*", "prohibid*"),
        "fr": ("permis permise* autorisé*", "interdit* prohibé*"),
        "it": ("permess* consentit*", "vietat* proibit*"),
        "pt": ("permitid*", "proibid*"),
    },
    {
        "en": ("possible possibly", "impossible impossibly"),
        "es": ("posible posibles", "imposible*"),
        "fr": ("possible possibles", "impossible*"),
        "it": ("possibile possibili", "impossibil*"),
        "pt": ("possível possíveis", "impossível impossíveis"),
    },
    {
        "en": ("likely probable probably", "unlikely improbable"),
        "es": ("probable*", "improbable*"),
        "fr": ("probable*", "improbable*"),
        "it": ("probabil*", "improbabil*"),
        "pt": ("provável prováveis provavelmente", "improváve*"),
    },
    {
        "en": ("able can cannot could couldn capable", "unable incapable"),
        "es": ("puedo puedes puede podemos pueden podía podían pude pudo poder capaz capaces", "incapa*"),
        "fr": ("peux peut pouvons pouvez peuvent pouvait pouvais pu pouvoir capable capables", "incapable*"),
        "it": ("posso puoi può possiamo possono poteva potevano potere capace capaci", "incapac*"),
        "pt": ("posso pode podem podemos podia podiam pude pôde consigo consegue conseguem conseguiu capaz"
               " capazes", "incapa*"),
    },
    {
        "en": ("true", "false untrue"),
        "es": ("verdad verdader* cierto cierta", "fals* mentira*"),
        "fr": ("vrai vraie vrais vraies", "faux fausse*"),
        "it": ("vero vera veri vere", "falso falsa falsi false"),
        "pt": ("verdade verdadeir*", "fals* mentira*"),
    },
    {
        "en": ("correct correctly", "wrong wrongly incorrect incorrectly"),
        "es": ("correct*", "incorrect* equivocad*"),
        "fr": ("correct*", "incorrect*"),
        "it": ("corrett* giusto giusta", "sbagliat* scorrett* errat*"),
        "pt": ("corret*", "errad* incorret*"),
    },
    {
        "en": ("easy easily easier", "difficult hard harder"),
        "es": ("fácil* fáciles", "difícil*"),
        "fr": ("facile*", "difficile* dur dure"),
        "it": ("facile facili facilmente", "difficil*"),
        "pt": ("fácil fáceis facilmente", "difícil difíceis dificilmente"),
    },
    {
        "en": ("good better best", "bad worse worst"),
        "es": ("bueno buena buenos buenas buen bien mejor mejores", "malo mala malos malas mal peor peores"),
        "fr": ("bon bonne bons bonnes bien mieux meilleur*", "mauvais* mal pire pires"),
        "it": ("buono buona buoni buone buon bene meglio miglior*", "cattiv* male peggio peggior* brutt*"),
        "pt": ("bom boa bons boas bem melhor melhores", "ruim ruins mau má maus mal pior piores"),
    },
    {
        "en": ("healthy", "sick ill unhealthy"),
        "es": ("sano sana sanos sanas saludable*", "enfermo enferma enfermos enfermas insalubre*"),
        "fr": ("sain saine sains saines", "malade* malsain*"),
        "it": ("sano sana sani sane", "malato malata malati malate malsan*"),
        "pt": ("saudável saudáveis sadio sadia", "doente doentes"),
    },
    {
        "en": ("innocent", "guilty"),
        "es": ("inocente*", "culpable*"),
        "fr": ("innocent*", "coupable*"),
        "it": ("innocent*", "colpevol*"),
        "pt": ("inocente*", "culpado culpada culpados culpadas"),
    },
    {
        "en": ("alive", "dead"),
        "es": ("vivo viva vivos vivas", "muerto muerta muertos muertas"),
        "fr": ("vivant*", "mort morte morts mortes"),
        "it": ("vivo viva vivi vive", "morto morta morti morte"),
        "pt": ("vivo viva vivos vivas", "morto morta mortos mortas"),
    },
    {
        "en": ("increase increases increased increasing", "decrease* decreasing reduce* reducing"),
        "es": ("aument* increment*", "disminu* reduce* reduci* reduzc* redujo redujeron"),
        "fr": ("augment*", "diminu* réduire réduit* réduis*"),
        "it": ("aument*", "diminu* ridurre riduc* ridott* ridus*"),
        "pt": ("aument*", "diminu* reduz*"),
    },
    {
        "en": ("more", "less fewer"),
        "es": ("más", "menos"),
        "fr": ("plus davantage", "moins"),
        "it": ("più", "meno"),
        "pt": ("mais", "menos"),
    },
    {
        "en": ("before", "after afterwards"),
        "es": ("antes", "después tras luego"),
        "fr": ("avant", "après"),
        "it": ("prima", "dopo"),
        "pt": ("antes", "depois após"),
    },
    {
        "en": ("first", "last"),
        "es": ("primer*", "últim*"),
        "fr": ("premier* première*", "dernier* dernière*"),
        "it": ("primo primi prime", "ultim*"),
        "pt": ("primeir*", "últim*"),
    },
    {
        "en": ("win wins won winning", "lose loses lost losing"),
        "es": ("ganar gana ganan gano ganas ganó gané ganamos ganaron ganado ganando", "perder pierd* perd*"),
        "fr": ("gagn*", "perd*"),
        "it": ("vincere vinc* vinto vinta vinti vinse", "perd* perso persi persa"),
        "pt": ("ganhar ganh* venc*", "perd* perc*"),
    },
    {
        "en": ("accept* agree agrees agreed agreement", "refuse* refusing reject* disagree*"),
        "es": ("acept* acuerdo acuerdos", "rechaz* desacuerdo rehus* rehús*"),
        "fr": ("accept* accord", "refus* rejet* désaccord"),
        "it": ("accett* accordo", "rifiut* respin* disaccordo"),
        "pt": ("aceit* concord* acordo", "recus* rejeit* discord*"),
    },
    {
        "en": ("buy buys bought buying", "sell sells sold selling"),
        "es": ("comprar compra compras compro compramos compran compró compré comprado comprando",
               "vender vende vendes vendo vendemos venden vendió vendí vendido vendiendo"),
        "fr": ("achet* achèt*", "vendre vend vends vendu vendue vendus vendons vendez vendent vendait"),
        "it": ("comprare compra compri compro compriamo comprano comprato comprata comprati",
               "vendere vende vendi vendo vendiamo vendono venduto venduta venduti"),
        "pt": ("comprar compra compras compro compramos compram comprou comprei comprado comprando",
               "vender vende vendes vendo vendemos vendem vendeu vendi vendido vendendo"),
    },
    {
        "en": ("open opens opened opening", "closed closes closing shut"),
        "es": ("abrir abre abren abrió abro abrimos abierto abierta abiertos abiertas",
               "cerrar cierra cierran cerró cierro cerramos cerrado cerrada cerrados cerradas"),
        "fr": ("ouvr* ouvert*", "ferme fermé* ferment fermer fermez"),
        "it": ("aprire apre aprono apri apriamo aperto aperta aperti aperte",
               "chiudere chiude chiudono chiudi chiuso chiusa chiusi chiuse"),
        "pt": ("abrir abre abrem abriu abro abrimos aberto aberta abertos abertas",
               "fechar fecha fecham fechou fecho fechamos fechado fechada fechados fechadas"),
    },
    {
        "en": ("remember remembers remembered remembering", "forget forgets forgot forgotten forgetting"),
        "es": ("recuerd* recorda* acuerd* acorda*", "olvid*"),
        "fr": ("rappel* souvien* souven*", "oubli*"),
        "it": ("ricord*", "dimentic* scord*"),
        "pt": ("lembr* record*", "esquec* esqueç*"),
    },
    {
        "en": ("love loves loved", "hate hates hated"),
        "es": ("amo ama aman amas amar encant* ador*", "odio odia odian odias odiar odió detest*"),
        "fr": ("aime aimes aiment aimons aimez aimer ador*", "détest* haïr hais hait"),
        "it": ("amo ama ami amano amare ador*", "odio odia odi odiano odiare detest*"),
        "pt": ("amo ama amam amar ador*", "odeio odeia odeiam odiar detest*"),
    },
    {
        "en": ("friend friends", "enemy enemies"),
        "es": ("amigo amiga amigos amigas", "enemig*"),
        "fr": ("ami amie amis amies", "ennemi*"),
        "it": ("amico amica amici amiche", "nemic*"),
        "pt": ("amigo amiga amigos amigas", "inimig*"),
    },
    {
        "en": ("happy glad happily", "sad unhappy sadly unhappily"),
        "es": ("feliz felices contento contenta contentos contentas", "triste* infeli*"),
        "fr": ("heureux heureuse* content contente contents contentes", "triste* malheureu*"),
        "it": ("felice felici contento contenta contenti contente", "trist* infelic*"),
        "pt": ("feliz felizes contente contentes", "triste* infeli*"),
    },
    {
        "en": ("rich richer", "poor poorer"),
        "es": ("rico rica ricos ricas", "pobre*"),
        "fr": ("riche*", "pauvre*"),
        "it": ("ricco ricca ricchi ricche", "povero povera poveri povere"),
        "pt": ("rico rica ricos ricas", "pobre*"),
    },
    {
        "en": ("strong stronger", "weak weaker"),
        "es": ("fuerte fuertes", "débil*"),
        "fr": ("fort forte forts fortes", "faible*"),
        "it": ("forte forti", "debol*"),
        "pt": ("forte fortes", "fraco fraca fracos fracas"),
    },
    {
        "en": ("hot warm", "cold"),
        "es": ("caliente* calor caluros*", "frío fría fríos frías"),
        "fr": ("chaud*", "froid*"),
        "it": ("caldo calda caldi calde", "freddo fredda freddi fredde"),
        "pt": ("quente quentes calor", "frio fria frios frias"),
    },
    {
        "en": ("full", "empty"),
        "es": ("lleno llena llenos llenas", "vacío vacía vacíos vacías"),
        "fr": ("plein*", "vide vides"),
        "it": ("pieno piena pieni piene", "vuoto vuota vuoti vuote"),
        "pt": ("cheio cheia cheios cheias", "vazio vazia vazios vazias"),
    },
)  # fmt: skip


def contraries(source: frozenset[str], target: frozenset[str], languages: tuple[str, str]) -> int:
    """Return in how many pairs one text has a word of one side alone, and the other of the other side alone.

    Args:
        source: The words of a text, in small letters.
        target: Those of the other.
        languages: Of the two; both among those of `polarity`.
    """
    count = 0
    for pair in range(len(PAIRS)):
        here, there = _side(source, pair, languages[0]), _side(target, pair, languages[1])
        count += here is not None and there is not None and here != there
    return count


def _side(words: frozenset[str], pair: int, language: str) -> int | None:
    """Return the side of a pair that the words take; None where they take neither or both."""
    taken = [any(pattern.fullmatch(word) for word in words) for pattern in _patterns(pair, language)]
    return None if all(taken) or not any(taken) else taken.index(True)


@functools.cache
def _patterns(pair: int, language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile("|".join(re.escape(word).replace(r"\*", r"\w*") for word in words.split()))
        for words in PAIRS[pair][language]
    )
