def area(width, height):
    result = width * height
    return result


items, total = {}, 0
for i in range(1, 100000000):
    name = "item %d" % (i % 100)  # body
    size = area(i, 2)
    items[i % 100 + 1] = {"name": name, "size": size}
    total = total + size
print(total)
