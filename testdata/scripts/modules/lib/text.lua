-- Small helpers for printing.
local text = {}

function text.pad(s, width)
  return s .. string.rep(" ", width - #s)
end

function text.rule(width)
  return ("-"):rep(width)
end

function text.title(s)
  local title = s:gsub("(%a)(%w*)", function(first, rest)
    return first:upper() .. rest
  end)
  return title .. "\n" .. text.rule(#title)
end

return text
