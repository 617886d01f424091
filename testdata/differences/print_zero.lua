-- print writes what follows a zero byte.
print("one\0two")
