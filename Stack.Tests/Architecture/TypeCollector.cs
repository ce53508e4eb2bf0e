using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace UserNet.Tests.Architecture;

/// <summary>Walks a signature: adds every type in it to a list, and answers whether there is a pointer in it.</summary>
internal sealed class TypeCollector(MetadataReader metadata) : ISignatureTypeProvider<bool, object?>
{
    public List<TypeName> Types { get; } = [];

    public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        Types.Add(NameOf(handle));
        return false;
    }

    public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        Types.Add(NameOf(handle));
        return false;
    }

    public bool GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Add(handle);

    public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) =>
        genericType || typeArguments.Contains(true);

    public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => unmodifiedType;

    public bool GetFunctionPointerType(MethodSignature<bool> signature) => true;

    public bool GetPointerType(bool elementType) => true;

    public bool GetPinnedType(bool elementType) => true;

    public bool GetArrayType(bool elementType, ArrayShape shape) => elementType;

    public bool GetSZArrayType(bool elementType) => elementType;

    public bool GetByReferenceType(bool elementType) => elementType;

    public bool GetGenericMethodParameter(object? genericContext, int index) => false;

    public bool GetGenericTypeParameter(object? genericContext, int index) => false;

    public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

    /// <summary>Adds the type that a handle names, with its type arguments; null handles name none.</summary>
    public bool Add(EntityHandle handle)
    {
        if (handle.IsNil) return false;
        if (handle.Kind == HandleKind.TypeSpecification)
            return metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
        Types.Add(handle.Kind == HandleKind.TypeDefinition
            ? NameOf((TypeDefinitionHandle)handle)
            : NameOf((TypeReferenceHandle)handle));
        return false;
    }

    public TypeName NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        string name = metadata.GetString(type.Name);
        if (type.GetDeclaringType() is { IsNil: false } outer)
        {
            TypeName around = NameOf(outer);
            return around with { Name = $"{around.Name}+{name}" };
        }

        return new TypeName(metadata.GetString(type.Namespace), name);
    }

    public TypeName NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            TypeName around = NameOf((TypeReferenceHandle)type.ResolutionScope);
            return around with { Name = $"{around.Name}+{name}" };
        }

        return new TypeName(metadata.GetString(type.Namespace), name);
    }
}
