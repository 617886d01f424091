---@meta

--- The table of all globals.
---@type table<string, any>
_G = {}

--- The version of the language: `"Lua 5.1"`.
---@type string
_VERSION = "Lua 5.1"

--- The version of the virtual machine.
---@type string
_GOPHER_LUA_VERSION = "GopherLua"

--- Raises an error if its first argument is false or nil; otherwise returns all its arguments.
---
--- ```lua
--- print(assert(tonumber("12"), "not a number")) --> 12	not a number
--- ```
---@generic T
---@param v? T
---@param message? any `assertion failed!` if left out
---@param ... any
---@return T v
---@return any ...
function assert(v, message, ...) end

---@alias llmspell.GCOption
---| "collect" # collects all garbage
---| "stop"
---| "restart"
---| "count" # the memory in use, in KB
---| "step"
---| "setpause"
---| "setstepmul"
---| "isrunning"
---| "incremental"
---| "generational"

--- Controls the garbage collector. The memory is the process's.
---@param option? llmspell.GCOption `collect` if left out
---@param arg? number
---@return any result
function collectgarbage(option, arg) end

--- Memory in use, in KB: `collectgarbage("count")`.
---@deprecated use collectgarbage("count")
---@return integer count
function gcinfo() end

--- Runs a file of Lua, if the sandbox allows to read it, and returns what it returns. Errors go on.
---@param path llmspell.File standard input if left out
---@return any ...
function dofile(path) end

--- Raises an error. It never returns.
---@param message? any mostly a text; any value goes as it is
---@param level? integer whose position is put before a text: 1 (the default) where `error` is called, 2 where that function was called, 0 none
---@return never
function error(message, level) end

--- The environment of a function, or of the function at a level of the stack.
---@param f? function|integer 1 if left out
---@return table environment
---@nodiscard
function getfenv(f) end

--- Changes the environment of a function.
---@param f function|integer 0: that of the running thread
---@param environment table
---@return function? f
function setfenv(f, environment) end

--- The metatable of a value, or its field `__metatable`; nil if there is none.
---@param object any
---@return any metatable
---@nodiscard
function getmetatable(object) end

--- Changes the metatable of a table.
---@generic T: table
---@param t T
---@param metatable table? nil takes it away
---@return T t
function setmetatable(t, metatable) end

--- Goes through the elements 1, 2, … of a table, up to the first that is nil.
---
--- ```lua
--- for i, v in ipairs({"a", "b"}) do print(i, v) end
--- ```
---@generic T
---@param t T[]|table<any, T>
---@return fun(t: table, i?: integer): integer?, T iterator
---@return table t
---@return integer i
---@nodiscard
function ipairs(t) end

--- Goes through all elements of a table, in the order in which they were added. Elements can be cleared meanwhile.
---
--- ```lua
--- for k, v in pairs({x = 1}) do print(k, v) end
--- ```
---@generic K, V
---@param t table<K, V>
---@return fun(t: table<K, V>, k?: K): K?, V iterator
---@return table<K, V> t
---@return nil k
---@nodiscard
function pairs(t) end

--- The key after another, and its value; nil at the end. Without a key the first.
---@generic K, V
---@param t table<K, V>
---@param k? K
---@return K? key
---@return V value
---@nodiscard
function next(t, k) end

---@alias llmspell.LoadMode
---| "t"
---| "b"
---| "bt"

--- Compiles a text, or what a function returns in pieces. A syntax error gives nil and a message.
---
--- ```lua
--- print(load("return x", "=code", "t", {x = 5})()) --> 5
--- ```
---@param chunk string|fun(): string?
---@param name? string for messages: `=name`, `@file`
---@param mode? llmspell.LoadMode without effect
---@param environment? table
---@return function? f
---@return string? message
---@nodiscard
function load(chunk, name, mode, environment) end

--- Compiles a text. A syntax error gives nil and a message.
---@param text string
---@param name? string for messages: `=name`, `@file`
---@return function? f
---@return string? message
---@nodiscard
function loadstring(text, name) end

--- Compiles a file, if the sandbox allows to read it. What goes wrong gives nil and a message.
---@param path llmspell.File standard input if left out
---@return function? f
---@return string? message
---@nodiscard
function loadfile(path) end

--- Makes a module: a table that becomes the environment of the calling function and `package.loaded[name]`.
---@deprecated return a table from the module instead
---@param name string
---@param ... fun(module: table)
function module(name, ...) end

--- Makes a userdata without content, with a metatable if asked for.
---@param metatable? boolean|userdata
---@return userdata proxy
---@nodiscard
function newproxy(metatable) end

--- Calls a function and catches its errors. The end of the script cannot be caught.
---
--- ```lua
--- print(pcall(error, "oh")) --> false	oh
--- ```
---@param f function
---@param ... any arguments
---@return boolean ok
---@return any ... results, or the error
function pcall(f, ...) end

--- Calls a function with a handler of errors, which runs where the error was raised.
---@param f function
---@param handler fun(message: any): any
---@param ... any arguments
---@return boolean ok
---@return any ... results, or what the handler returns
function xpcall(f, handler, ...) end

--- Writes its arguments as `tostring` gives them, with tabs between them, and a line end.
---@param ... any
function print(...) end

--- Whether two values are the same, without `__eq`.
---@param a any
---@param b any
---@return boolean equal
---@nodiscard
function rawequal(a, b) end

--- The value of a key, without `__index`.
---@param t table
---@param key any
---@return any value
---@nodiscard
function rawget(t, key) end

--- The length of a table or text, without `__len`.
---@param v table|string
---@return integer length
---@nodiscard
function rawlen(v) end

--- Sets the value of a key, without `__newindex`.
---@param t table
---@param key any
---@param value any
---@return table t
function rawset(t, key, value) end

--- Loads a module once, and returns what it returns: from beside the script first, then the working folder.
---@param name llmspell.Module
---@return any module
function require(name) end

--- The arguments from number n on (from the end if negative), or with `"#"` how many there are.
---
--- ```lua
--- print(select("#", nil, nil), select(2, "a", "b", "c")) --> 2	b	c
--- ```
---@param n integer|"#"
---@param ... any
---@return any ...
---@nodiscard
---@overload fun(n: "#", ...: any): integer
function select(n, ...) end

--- A number for a text or number; nil if it is none.
---
--- ```lua
--- print(tonumber("0x10"), tonumber("ff", 16), tonumber("x")) --> 16	255	nil
--- ```
---@param v any
---@param base? integer 2 to 36
---@return number? n
---@nodiscard
function tonumber(v, base) end

--- A text for any value; `__tostring` is called.
---@param v any
---@return string text
---@nodiscard
function tostring(v) end

---@alias llmspell.TypeName
---| "nil"
---| "boolean"
---| "number"
---| "string"
---| "table"
---| "function"
---| "thread"
---| "userdata"

--- The type of a value as a text.
---@param v any
---@return llmspell.TypeName name
---@nodiscard
function type(v) end

--- The elements i to j of a list as values.
---
--- ```lua
--- print(unpack({1, 2, 3}, 2)) --> 2	3
--- ```
---@generic T
---@param list T[]
---@param i? integer 1 if left out
---@param j? integer `#list` if left out
---@return T ...
---@nodiscard
function unpack(list, i, j) end
