---@meta

--- Reads and writes JSON.
---
--- ```lua
--- local t = JSON.parse('{"a": [1, 2, 3]}')
--- print(#t.a, JSON.stringify({b = true})) --> 3	{"b":true}
--- ```
---@class JSON
---@colon optional
JSON = {}

--- What stands for `null` in what is written.
---@class llmspell.JSONNull : userdata

--- Stands for `null` in what is written.
---@type llmspell.JSONNull
JSON.null = {}

---@class llmspell.JSONReadOptions
---@field null? any what `null` becomes; nil if left out, so that such members are absent

---@class llmspell.JSONWriteOptions
---@field indent? integer|string|boolean breaks lines and indents by so many spaces (up to 16), or by a text of spaces and tabs
---@field pretty? boolean the same as `indent = 2`
---@field sort_keys? boolean `false`: members in the table's own order

--- Reads a text. Bad input is an error with line and column. Arrays stay arrays when they are written again, also empty ones.
---
--- ```lua
--- print(JSON.parse("[1, null]", {null = JSON.null})[2] == JSON.null) --> true
--- print(select(2, pcall(JSON.parse, "[1,]")))
--- ```
---@param text string
---@param options? llmspell.JSONReadOptions
---@return any value
---@nodiscard
function JSON.parse(text, options) end

--- The same as `JSON.parse`.
---@param text string
---@param options? llmspell.JSONReadOptions
---@return any value
---@nodiscard
function JSON.decode(text, options) end

--- Writes a value. A table whose keys are 1 to n is an array, any other an object, and `{}` an object. NaN and infinities, functions,
--- tables that contain themselves and depths over 1000 are errors.
---
--- ```lua
--- print(JSON.stringify({1, 2, {a = "b"}})) --> [1,2,{"a":"b"}]
--- print(JSON.stringify({x = 1}, {indent = 2}))
--- ```
---@param value any
---@param options? llmspell.JSONWriteOptions|integer|string|boolean options, or the indent alone
---@return string text
---@nodiscard
function JSON.stringify(value, options) end

--- The same as `JSON.stringify`.
---@param value any
---@param options? llmspell.JSONWriteOptions|integer|string|boolean options, or the indent alone
---@return string text
---@nodiscard
function JSON.encode(value, options) end

--- Marks a table, so that it is written as an array even if it is empty.
---
--- ```lua
--- print(JSON.stringify(JSON.array())) --> []
--- ```
---@generic T: table
---@param t? T a new table if left out
---@return T t
function JSON.array(t) end

--- Whether a value would be written as an array.
---@param value? any
---@return boolean is_array
---@nodiscard
function JSON.is_array(value) end
