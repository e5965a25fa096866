import { AwsError, AwsRequest, AwsResponse, AwsService } from '../aws';
import type { CleanRoomsMl } from './cleanroomsml';
import { Input } from './model';
import { decodeRequest, encodeError, encodeOutput } from './rest-json';

/** Clean Rooms ML over HTTP. */
export class CleanRoomsMlApi implements AwsService {
  constructor(readonly service: CleanRoomsMl) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const { operation, input } = decodeRequest(request);
      // The call validates what the decoder only guessed to be the operation's input.
      return encodeOutput(await this.service.call(operation, request.principal, input as Input<typeof operation>));
    } catch (error) {
      if (error instanceof AwsError) return encodeError(error);
      throw error;
    }
  }
}
