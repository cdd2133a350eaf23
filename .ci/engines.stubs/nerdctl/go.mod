// nerdctl replaces its module tigron, of helpers for tests, by a folder of its own, which go get
// does not read, and which is published nowhere. nerdctl itself uses one interface of it.
module engines.invalid/nerdctl

go 1.26

replace github.com/containerd/nerdctl/mod/tigron => ./tigron
