-- A tool that the file registers is a tool like all others.
local greet = Tool.register({
  name = "greet", description = "Greets somebody",
  --@ refs(greet) = "greet.lua:3:11 greet.lua:20:25 greet.lua:22:21 greet.lua:24:17 greet.lua:29:28 other.lua:2:15"
  parameters = {
    {name = "who", type = "string", required = true, description = "Whom"},
    {name = "loud", type = "boolean", default = false},
    {name = "tone", type = "string", enum = {"kind", "gruff"}},
  },
  execute = function(p)
    local who = p.who
    --@ type(who@) = "string"
    --@ type(p.who) = "string"
    --@ def(who) = "greet.lua:6:14"
    local tone = p.tone
    --@ type(p.tone) = "\"kind\"|\"gruff\""
    return {text = "Hello " .. who, count = 1}
  end,
})
local r = Tool.execute("greet", {who = "Ann"})
--@ def(greet) = "greet.lua:3:11"
local s = Tool.get("greet"):execute({ })
--@ keys(execute({ |})) = "who loud tone"
local of = Tool.greet
--@ def(greet) = "greet.lua:3:11"
print(r.result.text, r.result.count, s, of)
--@ type(r.result.text) = "string"
--@ type(r.result.count) = "integer"
print(greet.execute, Tool["greet"])
