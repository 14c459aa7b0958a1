import { describeExecutor } from '../../testing/contract.ts';
import { openSandboxDriver } from './sandbox-driver.ts';

describeExecutor('sandbox', { options: { executor: 'sandbox' }, open: openSandboxDriver });
