local palette = {}
function palette.mix() end
return palette
