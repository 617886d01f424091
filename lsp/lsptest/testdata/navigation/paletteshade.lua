local palette = require("palette")
function palette.shade(color) return color end
