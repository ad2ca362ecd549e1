/* SPDX-License-Identifier: Apache-2.0 */
/* One folder for the files of a program of unit tests. */
#ifndef RS_TESTS_SUPPORT_FOLDER_H
#define RS_TESTS_SUPPORT_FOLDER_H

/* Makes it, and gives its path. Ends the program when that cannot be. */
const char *folder_make(void);

/* Removes it with all in it; ends the program when something cannot be removed. */
void folder_remove(void);

#endif
