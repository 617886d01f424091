---@meta

--- Numbers. All are doubles: whole numbers are exact up to 2^53.
---@class mathlib
math = {}

--- Infinity.
---@type number
math.huge = 1 / 0

--- 3.14159…
---@type number
math.pi = 3.14159265358979

--- 2^53: the largest whole number below which all are exact.
---@type integer
math.maxinteger = 9007199254740992

--- -2^53.
---@type integer
math.mininteger = -9007199254740992

--- The number without its sign.
---@param x number
---@return number y
---@nodiscard
function math.abs(x) end

--- The angle whose cosine is x.
---@param x number
---@return number radians
---@nodiscard
function math.acos(x) end

--- The angle whose sine is x.
---@param x number
---@return number radians
---@nodiscard
function math.asin(x) end

--- The angle whose tangent is x.
---@param x number
---@return number radians
---@nodiscard
function math.atan(x) end

--- The angle of the point (x, y).
---@param y number
---@param x number
---@return number radians
---@nodiscard
function math.atan2(y, x) end

--- The smallest whole number that is not less.
---@param x number
---@return integer n
---@nodiscard
function math.ceil(x) end

--- The cosine of an angle.
---@param radians number
---@return number y
---@nodiscard
function math.cos(radians) end

--- The hyperbolic cosine.
---@param x number
---@return number y
---@nodiscard
function math.cosh(x) end

--- Radians in degrees.
---@param radians number
---@return number degrees
---@nodiscard
function math.deg(radians) end

--- e^x.
---@param x number
---@return number y
---@nodiscard
function math.exp(x) end

--- The largest whole number that is not greater.
---
--- ```lua
--- print(math.floor(2.7), math.floor(-2.1)) --> 2	-3
--- ```
---@param x number
---@return integer n
---@nodiscard
function math.floor(x) end

--- The remainder of x / y, with the sign of x.
---@param x number
---@param y number
---@return number r
---@nodiscard
function math.fmod(x, y) end

--- The name of `math.fmod` in Lua 5.0.
---@deprecated use math.fmod
---@param x number
---@param y number
---@return number r
---@nodiscard
function math.mod(x, y) end

--- x as m * 2^e, m between 0.5 and 1.
---@param x number
---@return number m
---@return integer e
---@nodiscard
function math.frexp(x) end

--- m * 2^e.
---@param m number
---@param e integer
---@return number x
---@nodiscard
function math.ldexp(m, e) end

--- The logarithm.
---
--- ```lua
--- print(math.log(8, 2)) --> 3
--- ```
---@param x number
---@param base? number e if left out
---@return number y
---@nodiscard
function math.log(x, base) end

--- The logarithm to base 10.
---@param x number
---@return number y
---@nodiscard
function math.log10(x) end

--- The greatest of the numbers.
---@param x number
---@param ... number
---@return number max
---@nodiscard
function math.max(x, ...) end

--- The least of the numbers.
---@param x number
---@param ... number
---@return number min
---@nodiscard
function math.min(x, ...) end

--- The whole part of x, and what is left.
---@param x number
---@return integer whole
---@return number fraction
---@nodiscard
function math.modf(x) end

--- x^y.
---@param x number
---@param y number
---@return number z
---@nodiscard
function math.pow(x, y) end

--- Degrees in radians.
---@param degrees number
---@return number radians
---@nodiscard
function math.rad(degrees) end

--- A random number: without arguments from 0 up to 1, with one a whole number from 1 to m, with two from m to n.
---@param m? integer
---@param n? integer
---@return number x
---@nodiscard
---@overload fun(): number
---@overload fun(m: integer): integer
---@overload fun(m: integer, n: integer): integer
function math.random(m, n) end

--- Sets where random numbers begin: the same seed gives the same numbers.
---@param seed number
function math.randomseed(seed) end

--- The sine of an angle.
---@param radians number
---@return number y
---@nodiscard
function math.sin(radians) end

--- The hyperbolic sine.
---@param x number
---@return number y
---@nodiscard
function math.sinh(x) end

--- The square root.
---@param x number
---@return number y
---@nodiscard
function math.sqrt(x) end

--- The tangent of an angle.
---@param radians number
---@return number y
---@nodiscard
function math.tan(radians) end

--- The hyperbolic tangent.
---@param x number
---@return number y
---@nodiscard
function math.tanh(x) end

--- A whole number for a number or text that is one; nil otherwise.
---@param x any
---@return integer? n
---@nodiscard
function math.tointeger(x) end

--- Whether a number is whole; nil if it is no number. What counts is the value: `math.type(3.0)` is `integer`.
---@param x any
---@return "integer"|"float"|nil kind
---@nodiscard
function math.type(x) end

--- Compares whole numbers as if they had no sign.
---@param m integer
---@param n integer
---@return boolean less
---@nodiscard
function math.ult(m, n) end
