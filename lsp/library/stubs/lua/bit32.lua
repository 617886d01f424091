---@meta

--- Bits of whole numbers from 0 to 2^32 - 1, as in Lua 5.2.
---@class bit32lib
bit32 = {}

--- Shifts to the right, with copies of the highest bit from the left.
---@param x integer
---@param by integer
---@return integer y
---@nodiscard
function bit32.arshift(x, by) end

--- Bits that all have.
---
--- ```lua
--- print(bit32.band(12, 10), bit32.bor(12, 10)) --> 8	14
--- ```
---@param ... integer
---@return integer y
---@nodiscard
function bit32.band(...) end

--- Bits that x has not.
---@param x integer
---@return integer y
---@nodiscard
function bit32.bnot(x) end

--- Bits that any has.
---@param ... integer
---@return integer y
---@nodiscard
function bit32.bor(...) end

--- Whether there is a bit that all have.
---@param ... integer
---@return boolean any
---@nodiscard
function bit32.btest(...) end

--- Bits that an odd number of them has.
---@param ... integer
---@return integer y
---@nodiscard
function bit32.bxor(...) end

--- The bits from `field` on, as many as `width`.
---@param x integer
---@param field integer 0 to 31
---@param width? integer 1 if left out
---@return integer y
---@nodiscard
function bit32.extract(x, field, width) end

--- x with other bits from `field` on.
---@param x integer
---@param v integer
---@param field integer 0 to 31
---@param width? integer 1 if left out
---@return integer y
---@nodiscard
function bit32.replace(x, v, field, width) end

--- Rotates to the left.
---@param x integer
---@param by integer
---@return integer y
---@nodiscard
function bit32.lrotate(x, by) end

--- Shifts to the left.
---@param x integer
---@param by integer
---@return integer y
---@nodiscard
function bit32.lshift(x, by) end

--- Rotates to the right.
---@param x integer
---@param by integer
---@return integer y
---@nodiscard
function bit32.rrotate(x, by) end

--- Shifts to the right.
---@param x integer
---@param by integer
---@return integer y
---@nodiscard
function bit32.rshift(x, by) end
