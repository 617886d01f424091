local greet = Tool.register({
  name = "greet", description = "Greets somebody.",
  parameters = {
    {name = "who", type = "string", required = true, description = "Whom to greet."},
    {name = "tone", type = "string", enum = {"kind", "gruff"}, default = "kind"},
    {name = "in", type = "object", properties = {deep = {type = "string", enum = {"a", "b"}}}},
    {name = "lines", type = "array", items = {type = "object", properties = {kind = {type = "string", enum = {"x", "y"}}, text = {type = "string"}}}},
  },
  execute = function(p)
    print(p.)
    --@ complete(p.|) = "who tone in lines not"
    return {text = "Hello " .. p.who, length = #p.who}
  end,
})
Tool.execute("gre", {})
--@ complete("gre|) has "graph-builder graphql-query greet hash-calculator"
Tool.execute("greet", { wh })
--@ complete(wh|) = "who tone in lines"
--@ hover(greet) has "Greets somebody."
greet:execute({ who = "Ann", to })
--@ complete(to|) = "tone in lines"
--@ hover(who) has "Whom to greet."
greet:execute({ tone = "" })
--@ complete("|@) = "kind gruff"
greet:execute({ lines = { { kind = "" } } })
--@ complete("|@) = "x y"
greet:execute({ lines = { { te } } })
--@ complete(te|) = "kind text"
greet:execute({ ["in"] = { deep = "" } })
--@ complete("|@) = "a b"
greet:execute({ ["t|"] = 1 })
--@ complete(["t|) = "who tone in lines"
local r = greet:execute({ who = "Ann" })
--@ signature("Ann|) has "who: string"
print(r.result.text)
--@ complete(result.|) = "text length not len"
--@ complete(r.|) has "result success"
Tool.greet:execute({ })
--@ complete({ |) = "who tone in lines"
--@ complete(Tool.|) has "greet"
