---@meta

--- Functions that wait and go on.
---@class coroutinelib
coroutine = {}

--- Makes a coroutine of a function. It does not run yet.
---
--- ```lua
--- local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
--- print(coroutine.resume(co, 1))  --> true	2
--- print(coroutine.resume(co, 10)) --> true	20
--- print(coroutine.status(co))     --> dead
--- ```
---@param f function
---@return thread co
---@nodiscard
function coroutine.create(f) end

--- Whether the running function can yield.
---@return boolean yieldable
---@nodiscard
function coroutine.isyieldable() end

--- Runs a coroutine until it yields or ends.
---@param co thread
---@param ... any arguments of its function, or the results of its `yield`
---@return boolean ok
---@return any ... what it has yielded or returned, or the error
function coroutine.resume(co, ...) end

--- The running coroutine; nil in the main one.
---@return thread? co
---@nodiscard
function coroutine.running() end

--- Whether a coroutine runs, waits, has resumed another one, or has ended.
---@param co thread
---@return "running"|"suspended"|"normal"|"dead" status
---@nodiscard
function coroutine.status(co) end

--- Makes a coroutine of a function, and returns a function that resumes it. Errors go on.
---
--- ```lua
--- local next_number = coroutine.wrap(function() for i = 1, 2 do coroutine.yield(i) end end)
--- print(next_number(), next_number()) --> 1	2
--- ```
---@param f function
---@return fun(...: any): ...
---@nodiscard
function coroutine.wrap(f) end

--- Waits until the coroutine is resumed.
---@param ... any what `resume` returns
---@return any ... what `resume` is given
function coroutine.yield(...) end
