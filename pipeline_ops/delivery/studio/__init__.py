"""The creator's side: send videos, choose languages, watch what becomes of them, decide what viewers get."""
