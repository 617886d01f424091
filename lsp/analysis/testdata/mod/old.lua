local floor = math.floor
module(..., package.seeall)
version = "1"
function half(n) return floor(n / 2) end
