import type { Command } from 'commander';
import { MeldError } from '../../meld/http/meld-error';
import { loadMeldConfig } from '../../config';
import type { CliContext } from '../cli-context';
import { examples } from '../options/help-examples';
import { withMeld } from '../connect';
import { distinctIds } from '../options/read-ids';

export function addRepair(program: Command, { io }: CliContext): void {
  program
    .command('repair')
    .description("print the link to Meld's widget for the customer's repair: a credential, handle it as one")
    .argument('<connectionId>', 'the connection')
    .addHelpText('after', examples('repair con-1'))
    .action(async (id: string) => {
      const [connectionId = id] = distinctIds([id]);
      const reply = await withMeld(loadMeldConfig(io.env), (meld) => meld.repair(connectionId));
      if (reply.reply !== 'ok') throw new MeldError(reply);
      // Past `Output`, which draws and escapes: the link goes out as it came, and nowhere else.
      io.stdout.write(`${reply.value.widgetUrl}\n`);
    });
}
