-- \x and \u{} are escapes, as in Lua 5.3.
print("\x41", "\u{e9}" == "é")
