/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of cist-init, as the build made it. */
	.section .rodata
	.balign 16
	.global cist_init_begin, cist_init_end
cist_init_begin:
	.incbin "cist-init"
cist_init_end:
	.byte 0
#if defined(__linux__) && defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
