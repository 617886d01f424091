---@meta

--- Makes values one at a time: what nobody reads is never made.
---
--- ```lua
--- local squares = Streaming.create(function(yield)
---   for i = 1, math.huge do yield(i * i) end
--- end)
--- print(squares:next(), squares:next()) --> 1	4
--- for v in squares:filter(function(v) return v % 2 == 0 end):take(2):iter() do print(v) end
--- ```
---@class Streaming
---@colon optional
Streaming = {}

--- Makes a stream of what a function yields. The function runs as a coroutine, and an error in it is raised by the `next`
--- that met it.
---@generic T
---@param fn fun(yield: fun(value: T, ...: any))
---@return llmspell.Stream<T> stream
---@nodiscard
function Streaming.create(fn) end

--- Yields from the function of the stream that is being read: the same as that function's argument.
---@param value any
---@param ... any
function Streaming.yield(value, ...) end

--- Values that are made one at a time. It can be called like `next`.
---@class llmspell.Stream<T>
---@colon optional
---@field package _stream userdata
---@operator call: T?
local Stream = {}

--- The next value, and what else was yielded with it; nil at the end.
---@return T? value
---@return any ...
function Stream:next() end

--- Whether there are no more values. It makes the next one to know.
---@return boolean done
---@nodiscard
function Stream:isDone() end

--- The same as `isDone`.
---@return boolean done
---@nodiscard
function Stream:is_done() end

--- A list of the values that are left.
---@param most? integer how many at most (1,000,000)
---@return T[] values
function Stream:collect(most) end

--- An iterator for `for … in`. It ends at the first nil.
---@return fun(): T? next
---@nodiscard
function Stream:iter() end

--- Ends the stream; its function does not go on.
function Stream:close() end

--- A stream of what a function makes of each value.
---@generic U
---@param fn fun(value: T, ...: any): U
---@return llmspell.Stream<U> stream
---@nodiscard
function Stream:map(fn) end

--- A stream of the values for which a function returns a true value.
---@param fn fun(value: T, ...: any): any
---@return llmspell.Stream<T> stream
---@nodiscard
function Stream:filter(fn) end

--- A stream of the next values, as many as that.
---@param n integer
---@return llmspell.Stream<T> stream
---@nodiscard
function Stream:take(n) end
