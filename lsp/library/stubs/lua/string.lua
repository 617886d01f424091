---@meta

--- Texts of any bytes. The functions are methods of texts too: `s:upper()`. Positions count bytes from 1, negative ones from
--- the end.
---@class stringlib
string = {}

--- The bytes i to j as numbers.
---
--- ```lua
--- print(("AB"):byte(1, -1)) --> 65	66
--- ```
---@param s string|number
---@param i? integer 1 if left out
---@param j? integer i if left out
---@return integer ...
---@nodiscard
function string.byte(s, i, j) end

--- A text of bytes.
---@param ... integer 0 to 255
---@return string text
---@nodiscard
function string.char(...) end

--- Not supported: raises an error.
---@deprecated functions cannot be dumped
---@param f function
---@return never
function string.dump(f) end

--- Finds a pattern. Returns where it begins and ends, and its captures; nil if it is not there.
---
--- ```lua
--- print(("key = value"):find("(%w+) = (%w+)")) --> 1	11	key	value
--- print(("a.b"):find(".", 1, true))           --> 2	2
--- ```
---@param s string|number
---@param pattern string|number
---@param init? integer where to begin
---@param plain? boolean the pattern is an ordinary text
---@return integer? first
---@return integer? last
---@return string|integer ... captures
---@nodiscard
function string.find(s, pattern, init, plain) end

--- A text with values in it: `%d`, `%5.2f`, `%s`, `%q`, `%x`, …
---
--- ```lua
--- print(("%s has %d items (%.1f%%)"):format("list", 3, 12.5)) --> list has 3 items (12.5%)
--- ```
---@param s string|number
---@param ... any
---@return string text
---@nodiscard
function string.format(s, ...) end

--- Goes through the matches of a pattern: their captures, or the whole match if there are none.
---
--- ```lua
--- for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end
--- ```
---@param s string|number
---@param pattern string|number
---@return fun(): string?, string? ... iterator
---@nodiscard
function string.gmatch(s, pattern) end

--- The name of `string.gmatch` in Lua 5.0.
---@deprecated use string.gmatch
---@param s string|number
---@param pattern string|number
---@return fun(): string?, string? ... iterator
---@nodiscard
function string.gfind(s, pattern) end

--- Replaces the matches of a pattern: by a text (`%1` is the first capture), by what a table has for the first capture, or by what a
--- function returns for the captures.
---
--- ```lua
--- print(("hello world"):gsub("o", "0"))                  --> hell0 w0rld	2
--- print(("$name"):gsub("%$(%w+)", {name = "Ann"}))       --> Ann	1
--- ```
---@param s string|number
---@param pattern string|number
---@param replacement string|number|table|fun(...: string|integer): any
---@param n? integer how many at most
---@return string text
---@return integer count how many were replaced
function string.gsub(s, pattern, replacement, n) end

--- The number of bytes: `#s`.
---@param s string|number
---@return integer length
---@nodiscard
function string.len(s) end

--- The text in lower case (ASCII).
---@param s string|number
---@return string text
---@nodiscard
function string.lower(s) end

--- The captures of the first match of a pattern, or the whole match if it has none; nil if there is no match.
---
--- ```lua
--- print(("2026-01-31"):match("(%d+)-(%d+)")) --> 2026	01
--- ```
---@param s string|number
---@param pattern string|number
---@param init? integer where to begin
---@return string|integer|nil ...
---@nodiscard
function string.match(s, pattern, init) end

--- Writes values as binary data, as Lua 5.3 does.
---
--- ```lua
--- print(#string.pack("<i4z", 7, "ab")) --> 7
--- ```
---@param format string
---@param ... string|number
---@return string data
---@nodiscard
function string.pack(format, ...) end

--- How many bytes `string.pack` makes for a format of fixed size.
---@param format string
---@return integer size
---@nodiscard
function string.packsize(format) end

--- Reads binary data, as Lua 5.3 does. The last result is the position after what was read.
---@param format string
---@param data string
---@param position? integer
---@return string|number ...
---@nodiscard
function string.unpack(format, data, position) end

--- The text n times.
---@param s string|number
---@param n integer
---@return string text
---@nodiscard
function string.rep(s, n) end

--- The bytes in reverse order.
---@param s string|number
---@return string text
---@nodiscard
function string.reverse(s) end

--- The bytes i to j.
---
--- ```lua
--- print(("hello"):sub(2, -2)) --> ell
--- ```
---@param s string|number
---@param i integer
---@param j? integer -1 if left out
---@return string text
---@nodiscard
function string.sub(s, i, j) end

--- The text in upper case (ASCII).
---@param s string|number
---@return string text
---@nodiscard
function string.upper(s) end
