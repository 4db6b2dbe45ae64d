"""One-bar melody rhythms by idiom: ``x`` onset, ``-`` hold, ``.`` rest, spread over the bar."""

from musiclm.corpus.craft.blocks import COMMON, SIX, TWELVE, WALTZ, Metre

Rhythms = dict[Metre, tuple[str, ...]]

LYRICAL: Rhythms = {
    COMMON: (
        "x---x-x-",
        "x-----x-",
        "x---x---",
        "x-xxx---",
        "..x-x-x-",
        "x--xx---",
        "x--xx-x-",
        "xxx-x-x-",
        "x-x-x-xx",
        "x---xxx-",
        ".xxxx---",
        "x-------",
        "x-xxx-xx",
        "x--x--x-x-x-x-x-",
        "x-xxx-x-x---x-x-",
    ),
    WALTZ: (
        "x---x-",
        "x-x-x-",
        "x-----",
        "x-xxx-",
        "x--xx-",
        "x---xx",
        "xxx-x-",
        "..x-x-",
        "x-xxxx",
    ),
    SIX: ("x-xx-x", "x--x--", "x-x-xx", "x----x", "x--x-x", "xxxx--", "xxxx-x", "x--xxx", "x-----"),
    TWELVE: (
        "x--x-xx--x--",
        "x-xx-xx-----",
        "x-----x--x-x",
        "x--xxxx-----",
        "...x-xx-xx--",
        "x-----------",
    ),
}
LYRICAL_ENDS: Rhythms = {
    COMMON: ("x-x-x---", "x-x-----", "x---x---", "x-----..", "x-xxx---"),
    WALTZ: ("x-----", "x-x-x-", "x-x---", "x---.."),
    SIX: ("x-xx--", "x-----", "x--x--", "xxxx--"),
    TWELVE: ("x--x--x-----", "x-xx-xx-----", "x-----x-----"),
}
SWING: Rhythms = {
    COMMON: (
        "x-xxxxx-",
        ".xxxx-x-",
        "x--xxxx-",
        "xxxxxxxx",
        "..x-xxx-",
        "x-xx-xxx",
        "x-.xx-.x",
        "x---.xxx",
        ".xx-.xx-",
        "x--x..x-",
        "x-----x-",
        "xxxx-x--",
    ),
}
SWING_ENDS: Rhythms = {COMMON: ("xxx-....", "x--x....", "x-xx--..", ".xx-x---", "x-x-x---")}
SYNCOPATED: Rhythms = {
    COMMON: (
        "x--x--x-x--x--x-",
        "x--x--x---x-x---",
        "..x---x---x--x--",
        "x-----x-x-----x-",
        "x-x--x----x-x---",
        "x--x----x--x----",
        "..x-x--x--x-x---",
        "x---x--x--x---x-",
        "x-xx-x-x--x-x-x-",
        "x--x--x---------",
    ),
}
SYNCOPATED_ENDS: Rhythms = {
    COMMON: ("x--x--x---------", "x-x-x-----------", "x---x--x--------", "x--x--x-----....")
}
RIFF: Rhythms = {
    COMMON: (
        "x-x-xx--",
        "x--xx-x-",
        "x-xxx-xx",
        "x-x-x---",
        "x---xxx-",
        "xxxxx-x-",
        "x--x--x-",
        "x-xx-xx-",
        "x-------",
        "x---x---",
    ),
    TWELVE: (
        "x--x-xx--x--",
        "x-xx-xx-----",
        "...x-xx-xx--",
        "xxxx--x-xx--",
        "x-xx--..xxxx",
        "x-----x--x-x",
    ),
}
RIFF_ENDS: Rhythms = {
    COMMON: ("x-x-x---", "x--xx---", "xxx-x---", "x---...."),
    TWELVE: ("x-xx--......", "x--x--x-----", "xxxx--......"),
}
