"""Everything behind `./run`: the embedded servers, the supervisor, the gate and the browser. Standard library only."""
