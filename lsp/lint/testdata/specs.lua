-- Tools that scripts register.
local unknown = math.random() > 0.5
local function work(p) return p.who end

do -- what is wrong with the table itself
  Tool.register({name = "a1", description = "d", execute = work})
  Tool.register({name = "a2", description = "d", exectue = work}) --! unknown-parameter
  Tool.register({name = "a3", description = "d"}) --! missing-parameter
  Tool.register({name = "a4", execute = work}) --! missing-parameter
  Tool.register({name = "a 5", description = "d", execute = work}) --! invalid-parameter
  Tool.register({name = "a6", description = "d", execute = "work"}) --! invalid-parameter
  Tool.register({name = "a7", description = "d", execute = work, paramters = {}}) --! unknown-parameter
  Tool.register({name = "a8", description = "d", execute = work, tags = {work}}) --! unusable-value
end

do -- what is wrong with its schemas
  Tool.register({name = "b1", description = "d", execute = work, parameters = {who = {type = "strng"}}}) --! invalid-parameter
  Tool.register({name = "b2", description = "d", execute = work, parameters = {{name = "who", type = "int"}}}) --! invalid-parameter
  Tool.register({name = "b3", description = "d", execute = work, parameters = {{nme = "who", type = "string"}}}) --! invalid-parameter
  Tool.register({
    name = "b4", description = "d", execute = work,
    parameters = {
      type = "object",
      properteis = {}, --! invalid-parameter
      properties = {
        who = {
          type = "strng", --! invalid-parameter
          minLength = -1, --! invalid-parameter
        },
        list = {type = "array", items = {typ = "string"}}, --! invalid-parameter
      },
      required = {"whom"}, --! unlisted-property
    },
    result = {type = "object", properties = {n = {type = {"number", "nul"}}}}, --! invalid-parameter
  })
  Tool.register({name = "b5", description = "d", execute = work, parameters = {type = "array"}}) --! invalid-parameter
  Tool.register({name = "b6", description = "d", execute = work, parameters = {type = "object", properties = {a = {}}, required = {"somewhere_else"}}})
end

do -- what is not known
  local kind = unknown and "string" or "number"
  Tool.register({name = "c1", description = "d", execute = work, parameters = {who = {type = kind}, b = {type = "string"}}})
  Tool.register({name = "c2", description = "d", execute = work, parameters = {{name = "who", type = kind}, {name = kind, type = "strng"}}})
  Tool.register({name = "c3", description = "d", execute = work, parameters = {[kind] = {type = "string"}}})
  Tool.register({name = "c4", description = kind, execute = unknown and work or print})
  local spec = {name = "c5", description = "d"}
  if unknown then spec.execute = work else spec.execute = print end
  Tool.register(spec)
  local later = {name = "c6", description = "d"}
  later.execute = work
  later.parameters = {who = {type = "strng"}} --! invalid-parameter
  Tool.register(later)
  local properties = {}
  for _, name in ipairs({"a", "b"}) do properties[name] = {type = "string"} end
  Tool.register({name = "c7", description = "d", execute = work, parameters = {type = "object", properties = properties, required = {"aa"}}})
  local made = setmetatable({name = "c8", description = "d"}, {__index = {execute = work}})
  print(pcall(Tool.register, made))
end
