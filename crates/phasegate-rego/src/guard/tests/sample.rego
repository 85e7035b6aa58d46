import data.limits
import input.metrics as m
s := object.get(input, ["a", "b"], {"x": 1})
f(x, y) := z if { z := x.a + y } else := 3
g([a, b], {"k": c}) if { a > b; c == "x" }
deny contains name if { some name, limit in limits; m[name] > limit }
deny contains x if { some i, x in input.xs; x.v >= input.xs[i].w; not x.off }
deny contains sprintf("%v", [y]) if { y = input.ys[_]; count([z | z := y.zs[_]; z > 3]) == 2 }
p[k].q contains v if { some k, v in {"a": input.a, "b": input.b} }
ok if { every k, v in p { v.q[_] < f(input.o, s.x) }; "a" in {t | some t in input.ts} }
ok if { [a, b] := split(input.text, "."); g([a, b], {"k": "x"}); limits.a - 1 < max({1, 2} | {3}) }
allow if { walk(input, [path, _]); count(path) > 3 } # phasegate: unguarded nothing is compared
allow if { {"a": x} = object.union(input.a, {"b": 2}); x with input.c as 3; data.p.ok }
