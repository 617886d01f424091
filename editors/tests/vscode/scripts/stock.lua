local stock = { apples = 3 }
print(stcok.apples)
