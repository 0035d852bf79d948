/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu.h"

/* `duet nlu train` alone, for the build. */
int main(int argc, char **argv)
{
	return duet_command_main(&duet_nlu_train, argc, argv);
}
