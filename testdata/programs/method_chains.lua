-- Method calls, chains, and calls without parentheses.
local Builder = {}
Builder.__index = Builder
local function new() return setmetatable({ parts = {} }, Builder) end
function Builder:add(...)
  for i = 1, select("#", ...) do self.parts[#self.parts + 1] = tostring((select(i, ...))) end
  return self
end
function Builder:each(f) for i, p in ipairs(self.parts) do self.parts[i] = f(p) or p end return self end
function Builder.join(self, separator) return table.concat(self.parts, separator or "") end
print(new():add("a"):add("b", "c"):join())
print(
  new()
    :add(1, 2)
    :each(function(p)
      return p .. p
    end)
    :add(nil, false)
    :join("-")
)
print(new():add"text":add[[long]]:join".")
print(#new():add{}.parts, type(new():add{}.parts[1]))
print(("%s=%d"):format("x", 5):upper():rep(2, ";"))
local object = { inner = { deep = { value = 7 } } }
function object.inner.deep:get(n) return self.value * (n or 1) end
function object.inner.plain(x) return x end
print(object.inner.deep:get(), object.inner.deep:get(3), object.inner.plain(5), object.inner.deep.get({ value = 1 }, 9))
local name = "deep"
print(object.inner[name]:get(2), object["inner"]["deep"]["value"])
local function maker() return { run = function(self, x) return x and self.tag .. x or self.tag end, tag = "T" } end
print(maker():run(), maker():run"!", (maker()):run("?"), maker().run({ tag = "U" }))
local function curried(a) return function(b) return function(c) return a .. b .. c end end end
print(curried("x")("y")("z"), curried "p" "q" "r")
local s = "hello"
print(s:len(), s:upper():lower():sub(2, -2):len(), (s .. "!"):len(), #s:rep(3))
local calls = 0
local t = setmetatable({}, { __index = function(self, k) calls = calls + 1 return function(me, v) return k .. v, me == self end end })
print(t:foo("1"))
print(t:bar("2"), calls)
