-- A leading zero does not make a string octal.
print("010" + 0, tonumber("010"), "0010" * 1, -"017", tonumber("09"), "08" + 1, "00" + 0, "007.5" + 0)
print(010, 0010 + 1, tonumber("010", 8), tonumber("0b1"), tonumber("0o7"), tonumber("0x010"))
