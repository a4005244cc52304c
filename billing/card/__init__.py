"""One-card 一卡通: accounts whose money lies on a card of the hospital's own system."""
