local function draw(opts)
  return opts.width or 80
end
draw({width = 3})
--@ def(width) = "options.lua:2:15"
