-- The same global in every session: sessions must not share it.
counter = (counter or 0) + 1
local word = ...
print(word, counter)
