// SPDX-License-Identifier: MIT
package main

// void physics_step(int is_checked);
import "C"

func physicsStep(isChecked bool) {
	if isChecked {
		C.physics_step(1)
	} else {
		C.physics_step(0)
	}
}
