-- Functions five deep, each using the variables of all the others.
local function one(a)
  local l1 = a
  local function two(b)
    local l2 = l1 + b
    local function three(c)
      local l3 = l1 + l2 + c
      local function four(d)
        local l4 = l1 + l2 + l3 + d
        local function five(e)
          l1, l2, l3, l4 = l4, l1, l2, l3 + e
          return a, b, c, d, e, l1, l2, l3, l4
        end
        return five
      end
      return four, function() return l3 end
    end
    return three, function() return l2 end
  end
  return two, function() return l1 end
end
local two, get1 = one(1)
local three, get2 = two(2)
local four, get3 = three(3)
local five = four(4)
print(five(5))
print(get1(), get2(), get3())
print(five(6))
print(get1(), get2(), get3())
local five_b = four(40)
print(five_b(50))
print(get1(), get2(), get3())
local again = two(20)
print((again(30))(40)(50))
print(get1(), get2())
print((function(...) return (function(...) return (function(...) return select("#", ...), ... end)(1, ...) end)(2, ...) end)(3))
local x = (function() local y = (function() local z = (function() return "innermost" end)() return z .. "!" end)() return y .. "?" end)()
print(x)
