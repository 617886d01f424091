local palette = require("palette")
print(palette.shade("red"), palette.mix())
--@ def(shade) = "paletteshade.lua:2:18"
