/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One copy of cist-init for the containers of one supervisor.
 *
 * The supervisor makes a memory file of this name, empty, which may be sealed and executed, and names a descriptor of it in
 * the environment of every `cist create` and `run`.  The first of them writes its cist-init and seals it; each looks before it
 * executes it whether it is that, byte for byte and sealed, and otherwise makes a copy of its own, which is no error.  What
 * the container's init is executed from (/proc/PID/exe) tells the supervisor whether it was taken: if not, it is of another
 * version or damaged, and the next gets another empty one.
 */
#ifndef CIST_BASE_SHARED_IMAGE_H
#define CIST_BASE_SHARED_IMAGE_H

#define SHARED_IMAGE_VARIABLE	"CIST_INIT_IMAGE"	/* a decimal number, above those that the program is given */
#define SHARED_IMAGE_NAME	"cist-init"		/* of every memory file with cist-init, shared or not */

#endif
