-- A module that returns nothing: require gives true.
SILENT = ... .. " was loaded"
