-- next does not notice a key that was never in the table.
print((pcall(next, {}, "no such key")))
