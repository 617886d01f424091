---@meta

--- UTF-8, as in Lua 5.3. Positions count bytes from 1.
---@class utf8lib
utf8 = {}

--- A pattern that matches one character.
---@type string
utf8.charpattern = "[%z\1-\x7F\xC2-\xF4][\x80-\xBF]*"

--- A text of characters.
---
--- ```lua
--- print(utf8.char(72, 228)) --> Hä
--- ```
---@param ... integer
---@return string text
---@nodiscard
function utf8.char(...) end

--- The characters that begin between i and j, as numbers.
---@param s string
---@param i? integer 1 if left out
---@param j? integer i if left out
---@return integer ...
---@nodiscard
function utf8.codepoint(s, i, j) end

--- Goes through the characters: their positions and numbers.
---
--- ```lua
--- for position, code in utf8.codes("aä") do print(position, code) end
--- ```
---@param s string
---@return fun(s: string, i?: integer): integer?, integer iterator
---@return string s
---@return integer i
---@nodiscard
function utf8.codes(s) end

--- How many characters begin between i and j; nil and a position if there is something else.
---@param s string
---@param i? integer 1 if left out
---@param j? integer -1 if left out
---@return integer? length
---@return integer? position
---@nodiscard
function utf8.len(s, i, j) end

--- Where character number n begins, counted from position i.
---@param s string
---@param n integer
---@param i? integer
---@return integer? position
---@nodiscard
function utf8.offset(s, n, i) end
