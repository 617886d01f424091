// Package refactor changes Lua programs without changing what they do: it extracts and
// inlines variables and functions, and writes code in other ways that mean the same. It
// knows no protocol.
//
// What is offered keeps the order in which calls are made, and the values that they see;
// the number of values that an expression gives; which variable each name means, also in
// functions that keep it; loops, labels and varargs. Where that is in doubt an action is
// refused, with the reason. Each change is made and checked before it is offered: the
// new text is parsed, compiled and resolved, and every name must mean what it meant.
//
// Three things are taken for granted: reading a field or an operator of a metatable has
// no effects that others see, nobody replaces the functions of Lua's libraries, and programs
// do not look at their own stack (where they name debug, getfenv, setfenv or levels of
// error, code is not moved between functions).
package refactor
