"""Where values go: which functions, classes, objects and generators each expression of a program may be."""

from varwg_codemod.flow import attributes, calls, foreign

foreign.calls, foreign.attributes = calls, attributes
