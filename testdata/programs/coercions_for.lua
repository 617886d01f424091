-- The limits of a numeric for may be strings.
for i = "1", "3", "2" do io.write(i, " ", type(i), " ") end
for i = "3", 1, "-1" do io.write(i, " ") end
print()
