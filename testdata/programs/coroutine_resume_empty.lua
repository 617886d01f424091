-- Resuming without values makes yield return nothing, which is nil where values
-- are wanted.
local co = coroutine.wrap(function()
  local v = (coroutine.yield(1) or 39) + 1
  local a, b, c = coroutine.yield(v)
  print(a, b, c, a == nil)
  local t = { coroutine.yield("table") }
  print(#t, t[1])
  print(select("#", coroutine.yield("select")))
  local text = "<" .. tostring((coroutine.yield("text"))) .. ">"
  if coroutine.yield(text) then print("some") else print("none") end
  local function use(x, y) return x, y end
  print(use(coroutine.yield("argument")))
  return coroutine.yield("last")
end)
print(co()) print(co()) print(co()) print(co()) print(co()) print(co()) print(co()) print(co()) print(select("#", co()))
local gen = coroutine.create(function(a, b)
  print(a, b)
  local x, y = 5, 6
  x, y = coroutine.yield()
  print(x, y)
end)
print(coroutine.resume(gen)) print(coroutine.resume(gen)) print(coroutine.status(gen))
