return function(a) return {wrapped = a, n = 1} end
