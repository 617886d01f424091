-- Multiplies matrices.
local Matrix = {}

function Matrix.new(rows, columns, fill)
  local m = {}
  for r = 1, rows do
    m[r] = {}
    for c = 1, columns do
      m[r][c] = fill or 0
    end
  end
  return m
end

function Matrix.multiply(a, b)
  local n, m, p = #a, #b, #b[1]
  local out = Matrix.new(n, p)
  for i = 1, n do
    for j = 1, p do
      local sum = 0
      for k = 1, m do
        sum = sum + a[i][k] * b[k][j]
      end
      out[i][j] = sum
    end
  end
  return out
end

function Matrix.identity(n)
  local out = Matrix.new(n, n)
  for i = 1, n do
    for i = i, i do
      out[i][i] = 1
    end
  end
  return out
end

local function show(m)
  for _, row in ipairs(m) do
    local cells = {}
    for c, value in ipairs(row) do
      cells[#cells + 1] = tostring(value)
    end
    print(table.concat(cells, " "))
  end
end

local cache = {}
cache.identity = Matrix.identity(2)

show(Matrix.multiply({{1, 2}, {3, 4}}, Matrix.identity(2)))
return Matrix
