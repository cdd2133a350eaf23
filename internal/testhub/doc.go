// Package testhub is a stand-in for Docker Hub: a registry to pull from in tests,
// benchmarks and `lazaret demo`, that misbehaves on request.
//
// The registry is distribution's own handler. Before it stands what Docker Hub has
// before its own: a service that issues short-lived bearer tokens for one repository,
// rate-limit headers on manifests, and, if wanted, a second server, the CDN, that blobs
// are redirected to. Nothing can be pushed over the network; a test pushes with Push.
//
//	hub, err := testhub.Start(testhub.Config{})
//	…
//	defer hub.Close()
//	img, err := testimage.Build(testimage.Clean("seed", 2<<20))
//	err = hub.Push(ctx, "nginx", "latest", img) // library/nginx
//	// pull from hub.URL(), then:
//	hub.Downloads(img.Layers[0].Digest) // how often the blob was asked for
//
// # What goes wrong
//
// SetFaults says what goes wrong from now on. Each request meets the first fault that
// matches it and is not used up, and that one alone; so a list is a sequence:
//
//	hub.SetFaults(
//		testhub.Fault{Match: testhub.Blob(d), Status: 503, Times: 2},
//		testhub.Fault{Match: testhub.Blob(d), CutAfter: 1 << 20, Times: 1},
//	) // two 503s, then a body that ends early, then it works
//
// A Gate stops a body in the middle until the test opens it, so that what happens in
// between needs no sleep:
//
//	gate := testhub.NewGate(1 << 20)
//	hub.SetFaults(testhub.Fault{Match: testhub.Blob(d), Gate: gate})
//	… start a pull …
//	<-gate.Reached() // 1 MiB has been sent, and no more
//	gate.Open()
//
// # As Docker Hub does
//
// A token for a repository that does not exist, or that is private, gives no access to
// it: such a request is answered with 401 and error="insufficient_scope", not with 404.
// A HEAD of a manifest is not counted as a pull. The CDN answers 400 to a request that
// brings an Authorization header, and remembers it (Leaks); its answers have no Docker-
// headers. OAuth 2's POST to the token service is answered with 405, after which clients
// fall back to GET.
//
// The hub trusts whoever calls its methods, and is not meant to face a network.
package testhub
