import { Logs } from '../../../local-aws/logs/logs';
import { ACCOUNT, codeOf } from '../account';

let logs: Logs;
beforeEach(() => { logs = new Logs(ACCOUNT); });

test('a log group is created, updated and deleted', () => {
  expect(logs.createLogGroup({ logGroupName: '/aws/lambda/fn' }).arn).toBe('arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/fn:*');
  logs.updateLogGroup({ logGroupName: '/aws/lambda/fn', retentionInDays: 7 });
  expect(logs.logGroups()).toEqual([{ logGroupName: '/aws/lambda/fn', retentionInDays: 7 }]);
  logs.deleteLogGroup('/aws/lambda/fn');
  expect(logs.logGroups()).toEqual([]);
});

test('a log group exists once, under a name that is allowed', async () => {
  logs.createLogGroup({ logGroupName: 'a' });
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a' }))).toBe('ResourceAlreadyExistsException');
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a b' }))).toBe('InvalidParameterException');
  expect(await codeOf(() => logs.createLogGroup({ logGroupName: 'a'.repeat(513) }))).toBe('InvalidParameterException');
});

test('what does not exist cannot be changed', async () => {
  expect(await codeOf(() => logs.updateLogGroup({ logGroupName: 'a' }))).toBe('ResourceNotFoundException');
  expect(await codeOf(() => logs.deleteLogGroup('a'))).toBe('ResourceNotFoundException');
});
