import { describeExecutor } from '../../testing/contract.ts';
import { openProcessDriver } from './process-driver.ts';

describeExecutor('process', {
  options: { executor: 'process' },
  folder: 'data of ü',
  open: openProcessDriver,
});
