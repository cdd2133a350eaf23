//go:build !race

package main

// thin is of how many variants one is built.
const thin = 1
