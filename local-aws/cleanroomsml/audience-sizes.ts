/** How large an audience is: a share of the users that the model was trained with, or a number of them. */
import { Input } from './model';

export type AudienceSize = Input<'StartAudienceExportJob'>['audienceSize'];
type AudienceSizeConfig = Input<'CreateConfiguredAudienceModel'>['audienceSizeConfig'];

/** Which sizes a configured audience model without any of its own has is not known. The user guide ends at 20 percent. */
const DEFAULT_SIZES = { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1, 5, 10, 20] } as const;

export function sizesOf({ audienceSizeConfig = DEFAULT_SIZES }: { readonly audienceSizeConfig?: AudienceSizeConfig }): AudienceSize[] {
  const { audienceSizeType: type, audienceSizeBins } = audienceSizeConfig;
  return audienceSizeBins.map((value) => ({ type, value }));
}

export function usersIn({ type, value }: AudienceSize, trainedUsers: number): number {
  return type === 'ABSOLUTE' ? value : Math.floor((trainedUsers * value) / 100);
}
