import { buildCommand } from './build/build-command.ts';
import type { Command } from './command.ts';
import { completionsCommand } from './completions/completions-command.ts';
import { fetchCommand } from './install/fetch-command.ts';
import { installCommand } from './install/install-command.ts';
import { infoCommand } from './queries/info-command.ts';
import { searchCommand } from './queries/search-command.ts';
import { statusCommand } from './queries/status-command.ts';
import { targetsCommand } from './queries/targets-command.ts';
import { versionsCommand } from './queries/versions-command.ts';
import { logsCommand } from './requests/logs-command.ts';
import { requestCommand } from './requests/request-command.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  installCommand,
  fetchCommand,
  searchCommand,
  infoCommand,
  versionsCommand,
  requestCommand,
  statusCommand,
  logsCommand,
  targetsCommand,
  buildCommand,
  completionsCommand(() => COMMANDS),
];
