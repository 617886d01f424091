package vector

// maxModel is how long the name of a model can be.
const maxModel = 1024
