---@meta

--- Lists: tables with the keys 1 to n.
---@class tablelib
table = {}

--- Joins the elements i to j.
---
--- ```lua
--- print(table.concat({"a", "b", 3}, ", ")) --> a, b, 3
--- ```
---@param list (string|number)[]
---@param separator? string|number
---@param i? integer 1 if left out
---@param j? integer `#list` if left out
---@return string text
---@nodiscard
function table.concat(list, separator, i, j) end

--- Adds an element at the end, or at a position, moving those after it.
---
--- ```lua
--- local t = {"a", "c"}
--- table.insert(t, 2, "b")
--- table.insert(t, "d")
--- print(table.concat(t)) --> abcd
--- ```
---@generic T
---@param list T[]
---@param position integer
---@param value T
---@overload fun(list: T[], value: T)
function table.insert(list, position, value) end

--- Takes an element out, the last if no position is given, moving those after it.
---@generic T
---@param list T[]
---@param position? integer
---@return T? removed
function table.remove(list, position) end

--- Sorts a list in place. It is not stable.
---
--- ```lua
--- local t = {3, 1, 2}
--- table.sort(t, function(a, b) return a > b end)
--- print(t[1]) --> 3
--- ```
---@generic T
---@param list T[]
---@param less? fun(a: T, b: T): boolean `<` if left out
function table.sort(list, less) end

--- The largest positive number among the keys, 0 if there is none.
---@param t table
---@return number n
---@nodiscard
function table.maxn(t) end

--- The arguments as a list, with their number as `n`.
---
--- ```lua
--- print(table.pack(1, nil, 3).n) --> 3
--- ```
---@generic T
---@param ... T
---@return { [integer]: T, n: integer } list
---@nodiscard
function table.pack(...) end

--- The same as `unpack`.
---@generic T
---@param list T[]
---@param i? integer 1 if left out
---@param j? integer `#list` if left out
---@return T ...
---@nodiscard
function table.unpack(list, i, j) end

--- Copies elements: `to[t] = from[f]`, and so on up to `from[e]`.
---@generic T
---@param from T[]
---@param f integer
---@param e integer
---@param t integer
---@param to? T[] `from` if left out
---@return T[] to
function table.move(from, f, e, t, to) end

--- Calls a function for each element, until it returns something, which is returned.
---@deprecated use pairs
---@generic K, V
---@param t table<K, V>
---@param f fun(k: K, v: V): any
---@return any result
function table.foreach(t, f) end

--- Calls a function for the elements 1 to n, until it returns something, which is returned.
---@deprecated use ipairs
---@generic V
---@param list V[]
---@param f fun(i: integer, v: V): any
---@return any result
function table.foreachi(list, f) end

--- The length of a list.
---@deprecated use #list
---@param list table
---@return integer n
---@nodiscard
function table.getn(list) end

--- Not supported: raises an error.
---@deprecated lists have no size of their own
---@param list table
---@param n integer
---@return never
function table.setn(list, n) end
